"""Customers: the people behind accounts. An account holds money; a customer signs in, proves who they are and may do so much."""

from bedesten.services.customers.customers import Customers, CustomerTools
from bedesten.services.customers.records import Customer

__all__ = ["Customer", "CustomerTools", "Customers"]
