"""What publishing needs to know of a document beyond its operations, without Django's models: it
runs beside the parser in a process that can be killed."""
