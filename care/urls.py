from django.urls import path

from care import segment_call_views, views

app_name = "care"
urlpatterns = [
    path("", views.tasks, name="tasks"),
    path("done-today/", views.done_today, name="done-today"),
    path("plan/<int:customer_id>/", views.plan_call, name="plan-call"),
    path("segment/<int:segment_id>/", segment_call_views.call_segment, name="call-segment"),
    path("<int:task_id>/answer/", views.answer, name="answer"),
]
