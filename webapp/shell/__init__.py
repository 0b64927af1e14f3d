"""What surrounds every page: its view, link, frame, files and controls."""
