"""What is drawn, the drawing of many futures, where they are kept and what they say."""
