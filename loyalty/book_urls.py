from django.urls import path

from loyalty.views import accounts, books

urlpatterns = [
    path("ledger/", books.ledger, name="ledger"),
    path("liability/", books.liability, name="liability"),
    path("liability/<str:what>.csv", books.liability_file, name="liability-file"),
    path("liability/terms/", books.terms, name="book-terms"),
    path("adjustments/", books.requests_waiting, name="requests"),
    path("adjustments/<int:request_id>/", books.decide, name="decide"),
    path("accounts/<int:account_id>/statement.csv", accounts.statement, name="statement"),
    path("accounts/<int:account_id>/transfer/", accounts.transfer_points, name="transfer"),
]
