"""What each task needs before the loop of training begins."""
