"""Short tokens in exchange for long credentials (RFC 8693), signed so that anyone can check them
(RFC 9068), bound to a key so that they die with it."""
