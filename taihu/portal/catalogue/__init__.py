"""The languages of the pages: Chinese is the source, English is written in fragments, traditional Chinese is generated."""
