"""The report of a plan: one HTML document with everything inside, and the PDF made from it."""
