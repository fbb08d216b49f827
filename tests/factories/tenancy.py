import factory
from factory.django import DjangoModelFactory

from tenancy.models import Branch, Clinic, Membership, User


class ClinicFactory(DjangoModelFactory):
    class Meta:
        model = Clinic
        django_get_or_create = ("slug",)

    slug = factory.Sequence(lambda n: f"clinic-{n}")
    name = factory.Sequence(lambda n: f"Clinic {n}")
    timezone = "Asia/Shanghai"
    currency = "CNY"
    language = "en"
    country = "CN"


class BranchFactory(DjangoModelFactory):
    class Meta:
        model = Branch

    code = factory.Sequence(lambda n: f"b{n}")
    name = factory.Sequence(lambda n: f"Branch {n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@clinic.example")
    name = factory.Sequence(lambda n: f"Person {n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = "manager"
    display_name = factory.LazyAttribute(lambda member: member.user.name)
