"""Which addresses there are: each part gives its routes, which turn a request into a job."""
