from django.urls import path

from care import early_warning_views, views

app_name = "care"
urlpatterns = [
    path("", views.tasks, name="tasks"),
    path("done-today/", views.done_today, name="done-today"),
    path("plan/<int:customer_id>/", views.plan_call, name="plan-call"),
    path("early-warning/", early_warning_views.warnings, name="early-warning"),
    path("early-warning/give/", early_warning_views.give, name="give-calls"),
    path("<int:task_id>/answer/", views.answer, name="answer"),
]
