"""Icons, themes and translations that ship with the program."""
