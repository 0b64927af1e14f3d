"""How the app is served: guards, memory, what is loaded ahead of time."""
