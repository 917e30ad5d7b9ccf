"""The app: pages, the map and the gallery; the only place that knows Streamlit and its web server."""
