"""An incident as a game: a leaked key is used, and the learner has to end what must end.

`plan` chooses by a seed, `scene` sets Vault up and restores it, `thief` uses the key, `score`
computes the result from AWS's journal and an inventory, and `incident` puts them together.
"""
