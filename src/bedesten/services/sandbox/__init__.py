"""The sandbox: a venue whose time, chance and outcomes are its driver's. Nothing of it runs in a venue served without it."""
