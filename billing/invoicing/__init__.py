"""Tenants billed in money: their closed months as invoices of Stripe, and back.

Everything is sent from rows that say what is due, and each step looks first at what Stripe has
already, so that a crash between any two of them doubles nothing.
"""
