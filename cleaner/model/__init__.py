"""The line classifier: columns of features, small networks in numpy, weights without code."""
