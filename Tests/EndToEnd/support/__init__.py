"""What the end-to-end tests share: the server as a process, phones, a raw SIP client, readers of records and metrics."""
