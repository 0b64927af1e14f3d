"""What is stored: names, files, formats, other people's folders and the hub. Asks no model anything."""
