"""From a text with merge fields to the pieces of a mail that only need joining for each person."""
