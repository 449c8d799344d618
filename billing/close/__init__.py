"""Closing a month: checks, the job, the frozen lines, the seal."""

from billing.close.checks import Check, check_period
from billing.close.job import Closing, close_period, resume_closings
from billing.close.seal import verify_period

__all__ = ["Check", "Closing", "check_period", "close_period", "resume_closings", "verify_period"]
