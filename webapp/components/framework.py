"""What Streamlit says by itself, in English alone: the browser says it in the visitor's language instead.

A part in braces stands for whatever Streamlit writes there. `webapp/components/page_frame/framework.js` puts the
translations in their places; whatever is missing here stays English.
"""

from __future__ import annotations

from webapp.i18n import N_

PHRASES = (
    # the box for files
    N_("Upload"),
    N_("file upload"),
    N_("upload icon"),
    N_("add icon"),
    N_("Add files"),
    N_("Drag and drop a file here"),
    N_("Drag and drop files here"),
    N_("{size} per file"),
    N_("Remove {file}"),
    N_("Cancel upload of {file}"),
    N_("Click to retry upload"),
    N_("{type} files are not allowed."),
    N_("File must be {size} or smaller."),
    N_("Only one file is allowed."),
    # boxes for text and to choose from
    N_("Press Enter to apply"),
    N_("Press {key}+Enter to apply"),
    N_("Choose an option"),
    N_("No results"),
    N_("Clear value"),
    N_("Selected {option}. {label}"),
    N_("Help for {label}"),
    # the menu and what stands beside it
    N_("Main menu"),
    N_("Theme"),
    N_("System"),
    N_("Light"),
    N_("Dark"),
    N_("Print"),
    N_("Record screen"),
    N_("Made with Streamlit v"),
    N_("Copy version to clipboard"),
    N_("Skip to main content"),
    N_("App pages"),
    N_("Sidebar"),
    N_("Expand sidebar"),
    N_("Collapse sidebar"),
    N_("Navigate to home page"),
    N_("Running..."),
    N_("Stop"),
    N_("Stopping..."),
    N_("Close"),
    N_("Connection error"),
    N_("Connection lost. Please wait for the app to reconnect, then try again."),
    N_("Reconnected to server."),
    N_("Copy to clipboard"),
    N_("Copied"),
    # tables
    N_("Show/hide columns"),
    N_("Search"),
    N_("Close Search"),
    N_("Previous Result"),
    N_("Next Result"),
    N_("Fullscreen"),
    N_("Close fullscreen"),
    N_("Clear selection"),
    N_("Sort ascending"),
    N_("Sort descending"),
    N_("Format"),
    N_("Autosize"),
    N_("Pin column"),
    N_("Unpin column"),
    N_("Hide column"),
    N_("Copy column name"),
    N_("Statistics"),
    N_("Select all"),
)
