"""How the guard decides: by list, by lexical scope, and by what the text can be seen to bound."""
