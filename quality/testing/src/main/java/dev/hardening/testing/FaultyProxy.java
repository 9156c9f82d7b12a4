package dev.hardening.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP relay on the loopback whose network can be made bad while it runs: slow, silent, half closed, cut, refused.
 *
 * <p>{@link #heal} brings back a good network for bytes and connections that come after it; what was swallowed is lost.
 */
public final class FaultyProxy implements AutoCloseable {
    private static final int CHUNK = 8192;

    private final int target;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile Duration delay = Duration.ZERO;
    private volatile boolean silent;
    private ServerSocket listening;
    private Thread accepting;

    private FaultyProxy(int target) throws IOException {
        this.target = target;
        listen(0);
        this.port = listening.getLocalPort();
    }

    /** Relays to a port of this machine. */
    public static FaultyProxy to(int target) {
        try {
            return new FaultyProxy(target);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public int port() {
        return port;
    }

    /** How many connections were ever accepted. */
    public int connections() {
        return accepted.get();
    }

    /** Holds back every piece of bytes, in both directions, for so long. */
    public void delay(Duration each) {
        delay = each;
    }

    /** Swallows all bytes in both directions; connections stay open and new ones are accepted: a half-open network. */
    public void swallow() {
        silent = true;
    }

    /** Says end of stream to both ends of every connection and keeps on reading from them. */
    public void halfClose() {
        for (Socket socket : sockets) {
            quietly(socket::shutdownOutput);
        }
    }

    /** Resets every connection (RST); new ones are accepted. */
    public void cut() {
        for (Socket socket : sockets) {
            quietly(() -> {
                socket.setSoLinger(true, 0);
                socket.close();
            });
        }
        sockets.clear();
    }

    /** Resets every connection and refuses new ones, until {@link #heal}. */
    public synchronized void refuse() {
        quietly(listening::close);
        awaitNoAcceptor();
        cut();
    }

    /** Brings back a good network. */
    public synchronized void heal() {
        delay = Duration.ZERO;
        silent = false;
        if (listening.isClosed()) {
            try {
                listen(port);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    @Override
    public void close() {
        refuse();
    }

    private void listen(int wanted) throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
        listening = server;
        accepting = run("accept", () -> accept(server));
    }

    /** A closed socket goes on listening for as long as a thread waits in its accept. */
    private void awaitNoAcceptor() {
        try {
            accepting.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept(ServerSocket server) throws IOException {
        while (!server.isClosed()) {
            Socket client = server.accept();
            accepted.incrementAndGet();
            sockets.add(client);
            try {
                Socket onward = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(onward);
                run("up", () -> relay(client, onward));
                run("down", () -> relay(onward, client));
            } catch (IOException refused) {
                client.close();
                sockets.remove(client);
            }
        }
    }

    private void relay(Socket from, Socket to) throws IOException {
        byte[] bytes = new byte[CHUNK];
        try {
            for (int read = from.getInputStream().read(bytes);
                    read >= 0;
                    read = from.getInputStream().read(bytes)) {
                pause();
                if (!silent) {
                    to.getOutputStream().write(bytes, 0, read);
                }
            }
            to.shutdownOutput();
        } finally {
            if (from.isOutputShutdown() || to.isClosed()) {
                from.close();
                to.close();
                sockets.remove(from);
                sockets.remove(to);
            }
        }
    }

    private void pause() {
        long end = System.nanoTime() + delay.toNanos();
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static Thread run(String what, Step step) {
        Thread thread = new Thread(() -> quietly(step), "faulty-proxy-" + what);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** An end of a connection going away is what this is for. */
    private static void quietly(Step step) {
        try {
            step.run();
        } catch (IOException expected) {
            // Nobody to tell: the test did it.
        }
    }

    private interface Step {
        void run() throws IOException;
    }
}
