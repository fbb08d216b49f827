from django.urls import path

from care import views

app_name = "care"
urlpatterns = [
    path("", views.tasks, name="tasks"),
    path("done-today/", views.done_today, name="done-today"),
    path("plan/<int:customer_id>/", views.plan_call, name="plan-call"),
    path("<int:task_id>/answer/", views.answer, name="answer"),
]
