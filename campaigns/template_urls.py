"""Templates, the look of mail and the calendar; part of the campaigns' addresses."""

from django.urls import path

from campaigns.views import content, mail_look, promotions, template_picker, templates

urlpatterns = [
    path("templates/", templates.template_list, name="templates"),
    path("templates/library/", templates.library, name="library"),
    path("templates/new/", templates.template_new, name="template-new"),
    path("templates/side/", templates.template_side, name="template-side"),
    path("templates/pick/", template_picker.template_pick, name="template-pick"),
    path("templates/words/", template_picker.template_words, name="template-words"),
    path("templates/look/", mail_look.look, name="mail-look"),
    path("templates/<int:template_id>/", templates.template_edit, name="template-edit"),
    path("templates/<int:template_id>/mail/", mail_look.as_mail, name="template-mail"),
    path("templates/<int:template_id>/frame/", mail_look.mail_frame, name="template-frame"),
    path(
        "templates/<int:template_id>/put-away/",
        templates.template_put_away,
        name="template-put-away",
    ),
    path("calendar/", promotions.calendar, name="calendar"),
    path("calendar/own/", promotions.own_festival_add, name="own-festival-add"),
    path(
        "calendar/own/<int:festival_id>/remove/",
        promotions.own_festival_remove,
        name="own-festival-remove",
    ),
    path("<int:campaign_id>/override/", content.override, name="content-override"),
]
