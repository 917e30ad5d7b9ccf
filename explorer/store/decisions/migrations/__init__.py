"""Numbered changes of the schema of the decisions database, run by Alembic when it is opened."""
