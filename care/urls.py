from django.urls import path

from care import views

app_name = "care"
urlpatterns = [
    path("", views.tasks, name="tasks"),
    path("done-today/", views.done_today, name="done-today"),
    path("<int:task_id>/answer/", views.answer, name="answer"),
]
