from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    name = "marketplace.processes"
    label = "processes"
