"""REST of the catalog (DOORS.md): each view calls one capability and renders its answer."""
