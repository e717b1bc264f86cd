"""The front door: who asks, for which operation, and whether AWS would let them.

moto is asked only what is already decided; its own enforcement is off behind the door.
"""
