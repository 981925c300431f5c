Console.WriteLine("Intarsia bench");
