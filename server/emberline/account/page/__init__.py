"""The report as one HTML page: no script, nothing from elsewhere, light or dark as the reader's system is."""
