"""Starting the app, and what its pages fetch beside Streamlit's own traffic."""
