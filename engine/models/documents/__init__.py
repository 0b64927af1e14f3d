"""Classifiers of documents: by words and sentences, or by words alone."""
