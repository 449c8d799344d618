"""Listening to a channel, or sending on it, with a usual client of its protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from types import MappingProxyType
from typing import Any

from catalog.reference.snippets.values import json_text, python_value, quoted
from marketplace.ui.code import Sample


@dataclass(frozen=True, slots=True)
class Channel:
    """One operation on a channel. `action` is the API's: what it sends, a consumer receives."""

    action: str
    address: str
    protocol: str
    host: str
    payload: Any = None


@dataclass(frozen=True, slots=True)
class Client:
    """A client's code in one language, for receiving and for sending. Placeholders: `topic`,
    `host`, `url`, and the payload as `data` (a literal) and `text` (JSON in a string)."""

    label: str
    language: str
    receives: str
    sends: str = ""


KAFKA = (
    Client(
        "Python",
        "python",
        """import json

from confluent_kafka import Consumer

consumer = Consumer({"bootstrap.servers": $host, "group.id": "my-application"})
consumer.subscribe([$topic])
while True:
    message = consumer.poll(1.0)
    if message is not None and message.error() is None:
        print(json.loads(message.value()))""",
        """import json

from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": $host})
producer.produce($topic, json.dumps($data))
producer.flush()""",
    ),
    Client(
        "JavaScript",
        "javascript",
        """import { Kafka } from "kafkajs";

const kafka = new Kafka({ brokers: [$host] });
const consumer = kafka.consumer({ groupId: "my-application" });
await consumer.connect();
await consumer.subscribe({ topic: $topic });
await consumer.run({
  eachMessage: async ({ message }) => console.log(JSON.parse(message.value)),
});""",
        """import { Kafka } from "kafkajs";

const kafka = new Kafka({ brokers: [$host] });
const producer = kafka.producer();
await producer.connect();
await producer.send({ topic: $topic, messages: [{ value: $text }] });""",
    ),
)
MQTT = (
    Client(
        "Python",
        "python",
        """import paho.mqtt.subscribe as subscribe

def show(client, userdata, message):
    print(message.topic, message.payload)

subscribe.callback(show, $topic, hostname=$host)""",
        """import json

import paho.mqtt.publish as publish

publish.single($topic, json.dumps($data), hostname=$host)""",
    ),
    Client(
        "JavaScript",
        "javascript",
        """import mqtt from "mqtt";

const client = mqtt.connect({ host: $host });
client.on("connect", () => client.subscribe($topic));
client.on("message", (topic, payload) => console.log(topic, String(payload)));""",
        """import mqtt from "mqtt";

const client = mqtt.connect({ host: $host });
client.on("connect", () => client.publish($topic, $text));""",
    ),
)
AMQP = (
    Client(
        "Python",
        "python",
        """import json

import pika

connection = pika.BlockingConnection(pika.ConnectionParameters($host))
for _, _, body in connection.channel().consume($topic, auto_ack=True):
    print(json.loads(body))""",
        """import json

import pika

connection = pika.BlockingConnection(pika.ConnectionParameters($host))
connection.channel().basic_publish("", $topic, json.dumps($data))""",
    ),
)
WEBSOCKET = (
    Client(
        "Python",
        "python",
        """import asyncio

import websockets

async def main():
    async with websockets.connect($url) as socket:
        async for message in socket:
            print(message)

asyncio.run(main())""",
        """import asyncio

import websockets

async def main():
    async with websockets.connect($url) as socket:
        await socket.send($text)

asyncio.run(main())""",
    ),
    Client(
        "JavaScript",
        "javascript",
        """const socket = new WebSocket($url);
socket.onmessage = (event) => console.log(JSON.parse(event.data));""",
        """const socket = new WebSocket($url);
socket.onopen = () => socket.send($text);""",
    ),
)
STREAM = (
    Client(
        "curl",
        "bash",
        """curl -N $url \\
  -H "Authorization: Bearer $$API_KEY\"""",
    ),
    Client(
        "JavaScript",
        "javascript",
        """const events = new EventSource($url);
events.onmessage = (event) => console.log(JSON.parse(event.data));""",
    ),
)
CLIENTS: Mapping[str, tuple[Client, ...]] = MappingProxyType(
    {
        "kafka": KAFKA,
        "kafka-secure": KAFKA,
        "mqtt": MQTT,
        "mqtts": MQTT,
        "mqtt5": MQTT,
        "secure-mqtt": MQTT,
        "amqp": AMQP,
        "amqps": AMQP,
        "amqp1": AMQP,
        "ws": WEBSOCKET,
        "wss": WEBSOCKET,
        "sse": STREAM,
        "http": STREAM,
        "https": STREAM,
    }
)
SCHEMES = MappingProxyType({"ws": "ws", "wss": "wss", "http": "http"})


def channel_samples(channel: Channel) -> list[Sample]:
    """A consumer, or a sender where the API receives, in each language there is a client for.

    A protocol without a client here gets none.
    """
    protocol = channel.protocol.lower()
    path = channel.address if channel.address.startswith("/") else f"/{channel.address}"
    words = {
        "topic": quoted(channel.address),
        "host": quoted(channel.host),
        "url": quoted(f"{SCHEMES.get(protocol, 'https')}://{channel.host}{path}"),
        "data": python_value(channel.payload, 0),
        "text": quoted(json_text(channel.payload, None)),
    }
    samples = []
    for client in CLIENTS.get(protocol, ()):
        code = client.sends if channel.action == "receive" else client.receives
        if code:
            samples.append(Sample(client.label, Template(code).substitute(words), client.language))
    return samples
