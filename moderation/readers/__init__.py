"""What readers see: the form, the thread under an article, feeds, and the demonstration of all of them."""
