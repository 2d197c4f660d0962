"""The reconciliation service: what names may mean, by bilat's own rules, as OpenRefine asks it."""
