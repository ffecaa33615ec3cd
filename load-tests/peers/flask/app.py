"""Booking cars the way tutorials do it: look for an overlap, then insert, then commit."""

import os
from datetime import datetime, timezone

from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)


class Car(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(100), nullable=False)


class Allocation(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    car_id = db.Column(db.ForeignKey("car.id"), nullable=False, index=True)
    from_datetime = db.Column(db.DateTime, nullable=False)
    to_datetime = db.Column(db.DateTime, nullable=False)
    description = db.Column(db.String(100), nullable=False, default="")
    created = db.Column(db.DateTime, nullable=False, default=lambda: datetime.now(timezone.utc))

    def to_dict(self):
        return {
            "id": self.id,
            "car_id": self.car_id,
            "from_datetime": self.from_datetime.isoformat(),
            "to_datetime": self.to_datetime.isoformat(),
            "description": self.description,
            "created": self.created.isoformat(),
        }


@app.post("/api/cars/<int:car_id>/allocations")
def allocate(car_id):
    car = db.get_or_404(Car, car_id)
    body = request.get_json()
    begin = datetime.fromisoformat(body["from_datetime"])
    end = datetime.fromisoformat(body["to_datetime"])
    overlap = Allocation.query.filter(
        Allocation.car_id == car.id,
        Allocation.from_datetime < end,
        Allocation.to_datetime > begin,
    ).first()
    if overlap:
        return jsonify(error="already allocated"), 409
    allocation = Allocation(
        car_id=car.id,
        from_datetime=begin,
        to_datetime=end,
        description=body.get("description", ""),
    )
    db.session.add(allocation)
    db.session.commit()
    return jsonify(allocation.to_dict()), 201


@app.get("/livez")
def livez():
    return jsonify(status="ok")


@app.cli.command("prepare")
def prepare():
    """Makes the tables and a thousand cars."""
    db.create_all()
    db.session.add_all(Car(name=f"car {number}") for number in range(1000))
    db.session.commit()
