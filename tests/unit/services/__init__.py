"""Tests of bedesten.services, file for file."""
