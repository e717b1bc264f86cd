"""AWS as a client sees it: sessions, what a key can do, the emulator's admin API."""
