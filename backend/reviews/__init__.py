"""The queue of answers that wait for a reviewer."""
