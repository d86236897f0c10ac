"""What becomes of a doubt: it is counted, offered a remedy, asked about, and weighed into the confidence."""
