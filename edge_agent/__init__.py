"""bright-kitchen edge agent: a school kitchen's cameras in, violation events out."""

__version__ = "0.1.0"
