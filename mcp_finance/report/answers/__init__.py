"""Answers to what is asked of a scenario beyond its plain run: each as a page, as data and on the terminal."""
