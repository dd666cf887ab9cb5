from django.contrib import messages
from django.shortcuts import render


def index(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    messages.info(request, "written by the messages framework")
    return render(request, "notes/index.html", {"visits": request.session["visits"]})
