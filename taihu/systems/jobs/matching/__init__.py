"""From the records of the job market to the market engine and back. The engine itself knows no database."""
