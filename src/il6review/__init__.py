"""Check the claims of a review: is the source quoted faithfully, do the figures cohere, do studies agree?"""

__version__ = "0.1.0"

#: MIME type under which a notebook's rich displays carry their JSON; the ledger is collected from it.
MIME = "application/vnd.il6review+json"
