# Fit data sets with metafor and print what it gives, at full precision.
# Usage: Rscript metafor.R digits FOLDER   |   Rscript metafor.R speed FILE ROUNDS
suppressPackageStartupMessages(library(metafor))
arguments <- commandArgs(trailingOnly = TRUE)
number <- function(x) sprintf("%.17g", x)

digits <- function(folder) {
  tight <- list(threshold = 1e-13, maxiter = 10000, tol = 1e-13)
  for (file in sort(list.files(folder, pattern = "[.]csv$"))) {
    data <- read.csv(file.path(folder, file))
    for (method in c("EE", "DL", "HE", "HS", "SJ", "PM", "ML", "REML")) {
      for (control in c("default", "tight")) {
        settings <- if (control == "tight") tight else list()
        wald <- rma(data$yi, data$vi, method = method, control = settings)
        knha <- rma(data$yi, data$vi, method = method, test = "knha", control = settings)
        cat(sub("[.]csv$", "", file), method, control, number(wald$tau2), number(wald$beta[1]),
            number(wald$se), number(knha$se), "\n")
      }
    }
  }
}

speed <- function(file, rounds) {
  data <- read.csv(file)
  invisible(rma(data$yi, data$vi, method = "REML"))
  for (round in seq_len(as.integer(rounds))) {
    start <- Sys.time()
    rma(data$yi, data$vi, method = "REML")
    cat(number(as.numeric(Sys.time() - start, units = "secs")), "\n")
  }
}

cat("version", as.character(packageVersion("metafor")), "\n")
if (arguments[1] == "digits") digits(arguments[2]) else speed(arguments[2], arguments[3])
